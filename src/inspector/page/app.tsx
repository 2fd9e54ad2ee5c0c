/** The whole page. */

export function App() {
  return <main>fdl</main>;
}
