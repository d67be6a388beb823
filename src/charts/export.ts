/**
 * Figures that can be published: SVG, PNG and CSV with title, caption, axis names, seed and versions, always in
 * the light set of colours whatever the page wears.
 */
import marks from './marks.css?raw';
import tokens from './tokens.css?raw';

export interface FigureNotes {
  title: string;
  /** What is shown, of what data, with which intervals: sentences. */
  caption: string;
  /** "A: drawn, TimeSformer, layer i", "B: spoken, AST, layer j". */
  axes: string[];
  seed: number;
  /** "Skewscope 0.1.0, pack digits". */
  versions: string;
  /** Who published the numbers, where they are not ours. */
  source?: string;
}

export interface Table {
  columns: string[];
  rows: (string | number)[][];
}

const WIDTH_OF_A_CHARACTER = 5.6;
const PAD = 16;
const LINE = 15;

/** The light half of every token. */
export function lightTokens(css: string): Map<string, string> {
  const out = new Map<string, string>();
  for (const [, name, light] of css.matchAll(/(--[\w-]+):\s*light-dark\(\s*(#[0-9a-f]{3,8})/gi))
    out.set(name, light);
  return out;
}

/** A style sheet with its variables written out. Throws on a variable that the tokens do not define. */
export const withLightTokens = (css: string, values = lightTokens(tokens)): string =>
  css.replace(/\/\*[\s\S]*?\*\//g, '').replace(/var\((--[\w-]+)\)/g, (_, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new RangeError(`No light colour for ${name}.`);
    return value;
  });

/** Breaks a text into lines of at most so many characters, at spaces; a longer word stands alone. */
export function wrap(text: string, characters: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line && line.length + 1 + word.length > characters) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  if (line) lines.push(line);
  return lines;
}

export const escapeXml = (text: string): string => text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** The notes as lines of a caption, in the order in which they are printed. */
export function captionLines(notes: FigureNotes): string[] {
  return [
    notes.caption,
    notes.axes.join('. ') + (notes.axes.length ? '.' : ''),
    notes.source ? `Source: ${notes.source}` : '',
    `Seed ${notes.seed}. ${notes.versions}.`,
  ].filter(Boolean);
}

/**
 * A whole SVG document around the marks of a chart.
 * @param body the chart's SVG, drawn in width × height pixels
 */
export function svgDocument(body: string, width: number, height: number, notes: FigureNotes): string {
  const full = Math.max(width + 2 * PAD, 420);
  const characters = Math.floor((full - 2 * PAD) / WIDTH_OF_A_CHARACTER);
  const lines = captionLines(notes).flatMap((text) => wrap(text, characters));
  const top = PAD + 26;
  const total = top + height + 12 + lines.length * LINE + PAD;
  const caption = lines
    .map(
      (text, n) =>
        `<text class="text" x="${PAD}" y="${top + height + 22 + n * LINE}">${escapeXml(text)}</text>`,
    )
    .join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="${full}" height="${total}" viewBox="0 0 ${full} ${total}" font-family="Helvetica Neue, Arial, Liberation Sans, sans-serif">
<title>${escapeXml(notes.title)}</title>
<desc>${escapeXml(captionLines(notes).join(' '))}</desc>
<style>${withLightTokens(marks)}</style>
<defs><pattern id="hatch-void" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch-line" d="M1 0v6"/></pattern></defs>
<rect width="${full}" height="${total}" fill="#ffffff"/>
<text class="text-strong" x="${PAD}" y="${PAD + 10}" font-size="14">${escapeXml(notes.title)}</text>
<g transform="translate(${PAD} ${top})">${body}</g>
${caption}
</svg>
`;
}

/** As many digits as a 32-bit float holds: what lies beyond is noise. */
const shortest = (value: number): string => String(Number(value.toPrecision(7)));

const csvField = (value: string | number): string => {
  const text = typeof value === 'number' ? (Number.isFinite(value) ? shortest(value) : '') : value;
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
};

/** Notes as comment lines, then the header, then the rows (RFC 4180 fields). A figure that is not defined is empty. */
export function csvDocument(table: Table, notes: FigureNotes): string {
  const comments = [notes.title, ...captionLines(notes)].map((line) => `# ${line.replace(/[\r\n]+/g, ' ')}`);
  const lines = [table.columns, ...table.rows].map((row) => row.map(csvField).join(','));
  return [...comments, ...lines].join('\r\n') + '\r\n';
}

/** Typed arrays as plain ones, so that JSON keeps them; what is not a number becomes null. */
export const jsonDocument = (state: unknown): string =>
  JSON.stringify(
    state,
    (_, value: unknown) =>
      ArrayBuffer.isView(value) && !(value instanceof DataView)
        ? Array.from(value as unknown as ArrayLike<number>)
        : value,
    1,
  );

/** A file's name from words: "alignment digits standard" → "alignment-digits-standard". */
export const fileStem = (...parts: string[]): string =>
  parts
    .join(' ')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
