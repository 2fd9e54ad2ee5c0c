/** A terminal's screen, text with SGR escapes as `tmux capture-pane -e` prints it, as an SVG window. Pure. */

const CELL = {width: 8.4, height: 20} as const;
const PADDING = 18;
const BAR_HEIGHT = 34;
const BASELINE = 14.5;
/** A dark window of its own, so that it looks the same on light and dark pages. */
const PALETTE = {back: '#1d232c', bar: '#2a323d', dot: '#4b5563', text: '#d7dde5'} as const;
/** By SGR code: red, green, yellow, blue, magenta, cyan. */
const COLOURS: Readonly<Record<number, string>> = {
  31: '#f0717b',
  32: '#8fcf72',
  33: '#e5c07b',
  34: '#6cb6ff',
  35: '#d38aea',
  36: '#63c5cf',
};
const DIM_OPACITY = 0.55;
/** Drawn as rectangles, since fonts leave gaps between them: how much of its colour a block has. */
const BLOCKS: Readonly<Record<string, number>> = {'█': 1, '▒': 0.5, '░': 0.25};

interface Style {
  readonly colour: string;
  readonly isBold: boolean;
  readonly isDim: boolean;
}

/** Characters of one style on one line, from a column on. */
interface Run extends Style {
  readonly column: number;
  readonly text: string;
}

const PLAIN: Style = {colour: PALETTE.text, isBold: false, isDim: false};

/** The screen as SVG, `columns` wide; `title` is what it shows, for those who cannot see it. */
export function terminalSvg(screen: string, columns: number, title: string): string {
  const lines = screen.trimEnd().split('\n');
  const width = Math.ceil(columns * CELL.width + 2 * PADDING);
  const height = BAR_HEIGHT + lines.length * CELL.height + 2 * PADDING;
  const dots = [0, 1, 2].map(
    (dot) => `<circle cx="${PADDING + 4 + dot * 18}" cy="${BAR_HEIGHT / 2}" r="5.5" fill="${PALETTE.dot}"/>`,
  );
  const drawn: string[] = [];
  let style = PLAIN;
  for (const [row, line] of lines.entries()) {
    const parsed = runsOf(line, style);
    style = parsed.style;
    drawn.push(...parsed.runs.flatMap((run) => drawRun(run, PADDING + BAR_HEIGHT + row * CELL.height)));
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="9" fill="${PALETTE.back}"/>`,
    `<path d="M0 ${BAR_HEIGHT}V9a9 9 0 0 1 9-9H${width - 9}a9 9 0 0 1 9 9V${BAR_HEIGHT}z" fill="${PALETTE.bar}"/>`,
    ...dots,
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" xml:space="preserve">`,
    ...drawn,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** The runs of a line, and the style that the next line begins with. */
function runsOf(line: string, before: Style): {readonly runs: Run[]; readonly style: Style} {
  const runs: Run[] = [];
  let style = before;
  let column = 0;
  for (const [index, part] of line.split(/\u001b\[([\d;]*)m/).entries()) {
    if (index % 2 === 1) {
      style = part.split(';').map(Number).reduce(styled, style);
      continue;
    }
    // Blocks apart from letters; blanks at the ends of a run need not be drawn.
    for (const text of part.match(/[█▒░]+|[^█▒░]+/g) ?? []) {
      runs.push({...style, column, text});
      column += [...text].length;
    }
  }
  return {runs, style};
}

function styled(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return {...style, isBold: true};
  if (code === 2) return {...style, isDim: true};
  if (code === 22) return {...style, isBold: false, isDim: false};
  if (code === 39) return {...style, colour: PALETTE.text};
  return {...style, colour: COLOURS[code] ?? style.colour};
}

function drawRun({text, column, colour, isBold, isDim}: Run, top: number): string[] {
  const x = PADDING + column * CELL.width;
  const share = BLOCKS[text[0] ?? ''];
  if (share !== undefined) return drawBlocks(text, x, top, colour);
  const shown = text.trim();
  if (shown === '') return [];
  const start = x + (text.length - text.trimStart().length) * CELL.width;
  const weight = isBold ? ' font-weight="bold"' : '';
  const opacity = isDim ? ` opacity="${DIM_OPACITY}"` : '';
  // The length holds every font to the grid.
  const length = `textLength="${round([...shown].length * CELL.width)}" lengthAdjust="spacingAndGlyphs"`;
  return [
    `<text x="${round(start)}" y="${top + BASELINE}" ${length} fill="${colour}"${weight}${opacity}>${escapeXml(shown)}</text>`,
  ];
}

function drawBlocks(text: string, x: number, top: number, colour: string): string[] {
  let column = 0;
  return (text.match(/(.)\1*/g) ?? []).map((blocks) => {
    const at = round(x + column * CELL.width);
    const width = round(blocks.length * CELL.width);
    column += blocks.length;
    const share = BLOCKS[blocks[0] ?? ''] ?? 1;
    return `<rect x="${at}" y="${top + 2}" width="${width}" height="${CELL.height - 5}" fill="${colour}" opacity="${share}"/>`;
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const ENTITIES: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};

/** Text for XML: markup escaped, and what XML cannot hold left out. */
function escapeXml(text: string): string {
  const legal = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu, '');
  return legal.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
}
