/** What the process answers when it is asked for something. */

/** Throws an Error that says in words why there is no answer. */
export async function answerTo(path: string): Promise<Response> {
  const response = await fetch(path);
  if (response.ok) return response;
  throw new Error(
    response.status === 401 || response.status === 403
      ? 'the page was opened without its token; open the address that fdl printed'
      : `the answer was HTTP status ${response.status}`,
  );
}
