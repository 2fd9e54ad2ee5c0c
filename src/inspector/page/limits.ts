/** Every number of the page with its unit and its reason. */

const MIB = 1_048_576;

/** A piece of the trace that is kept together: large enough that few are needed, small enough to be searched at once. */
export const CHUNK_BYTES = MIB;
/** Rows between two states that are kept whole. So many are read again in about 50 ms, to find a moment between them. */
export const KEYFRAME_ROWS = 8_192;
/** Of a recorded trace: more would not fit into the memory of a tab. */
export const TRACE_BYTES_MAX = 1_024 * MIB;
/** Of a live one: beyond it the history is asked for anew, which the process has shortened meanwhile. */
export const LIVE_BYTES_MAX = 256 * MIB;
/** Kinds of rows that are told apart: their numbers are one byte. */
export const KINDS_MAX = 255;
/** Rows that are wrong, in words: so many are told one by one. */
export const PROBLEMS_TOLD = 3;
/** What is new is shown this often: an eighth of a second is calm and still alive. */
export const NEWS_MS = 125;
/** ... but while a recorded trace is read, less often: reading is what is waited for. */
export const LOADING_NEWS_MS = 500;
/** ... and when somebody moves the scrubber, more often: it should feel as if it were held. */
export const ASKED_NEWS_MS = 40;
/** So much is gathered before it is parsed: large pieces are quicker. */
export const READ_BYTES = MIB;
/** Rows looked at before the worker listens again: about 10 ms. */
export const SEARCH_ROWS = 100_000;
/** Bytes searched for a text before the worker listens again. */
export const SEARCH_BYTES = 4 * MIB;
/** Rows in one answer: more than any window shows. */
export const EVENTS_MAX = 500;
/** A search works so long, in milliseconds, before the worker listens again. */
export const SLICE_MS = 25;
