/**
 * Clothes and accessories drawn as filled shapes: what each is, and no likeness of any product. A box of 224 × 224 on
 * white, as product photographs have it.
 */

/** A lit shape: its path filled with a colour that falls off to one side. */
const body = (path: string, colour: string) =>
  `<path d="${path}" fill="${colour}"/><path d="${path}" fill="url(#shade)"/>`;
const lines = (path: string, colour: string, width = 2) =>
  `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round"/>`;

/** Half of an outline that begins and ends on the middle line x = 112, and its mirror image. */
const mirrored = (half: [number, number][]): string => {
  const other = half.map(([x, y]): [number, number] => [224 - x, y]).reverse();
  return `M${[...half, ...other].map(([x, y]) => `${x} ${y}`).join('L')}Z`;
};

const buttons = (colour: string) =>
  [78, 102, 126, 150, 174].map((y) => `<circle cx="112" cy="${y}" r="2.4" fill="${colour}"/>`).join('');

const longSleeves = mirrored([
  [112, 40],
  [96, 26],
  [70, 36],
  [54, 56],
  [30, 158],
  [50, 166],
  [72, 96],
  [72, 204],
  [112, 206],
]);

const spokes = Array.from({ length: 12 }, (_, hour) => {
  const [x, y] = [Math.sin((hour * Math.PI) / 6), -Math.cos((hour * Math.PI) / 6)];
  return `M${112 + 32 * x} ${112 + 32 * y}L${112 + 36 * x} ${112 + 36 * y}`;
}).join('');

/** Name of the file → the marks of its drawing. */
export const garments: Record<string, string> = {
  shirt:
    body(longSleeves, '#8db8e0') +
    lines('M112 42V206', '#5f8fbc') +
    buttons('#f4f7fa') +
    body('M112 44L92 24L84 36L104 58ZM112 44L132 24L140 36L120 58Z', '#a9cbeb') +
    lines('M132 92h26v22l-13 7l-13-7z', '#5f8fbc'),
  't-shirt':
    body(
      'M84 30Q112 54 140 30L164 38L206 84L178 106L160 90L160 204L64 204L64 90L46 106L18 84L60 38Z',
      '#c8322f',
    ) + lines('M82 31Q112 62 142 31', '#8f1f1d', 4),
  trousers:
    body('M74 18H150L160 208H122L112 78L102 208H64Z', '#3d4147') +
    body('M73 18H151L152 32H72Z', '#2c2f34') +
    lines('M112 32V74M84 34L80 60M140 34L144 60M88 66L84 204M136 66L140 204', '#23262a', 1.6),
  sweater:
    body(longSleeves, '#2f6b4a') +
    body('M92 28Q112 46 132 28L138 38Q112 62 86 38Z', '#245339') +
    body('M72 190H152V206H72ZM31 154L52 162L49 170L28 162ZM193 154L172 162L175 170L196 162Z', '#245339') +
    lines([84, 98, 112, 126, 140].map((x) => `M${x} 60V186`).join(''), '#3f8560', 1.4),
  'formal-shoe':
    body('M22 110Q26 92 60 92L84 92Q110 120 150 126Q200 132 204 158L204 164H22Z', '#1d1d20') +
    body('M20 160H206V172H120V166H64V180H20Z', '#3a2a20') +
    lines('M86 98L104 90M96 106L114 98M108 114L126 106M132 126Q150 140 146 160', '#6a6a70', 2.4),
  'sports-shoe':
    body('M20 116Q24 84 44 82Q58 98 78 84L124 122Q190 128 204 156H20Z', '#e9ecef') +
    body('M18 154H208Q210 176 186 176H34Q18 174 18 154Z', '#e2662a') +
    body('M62 152Q96 118 132 130L150 134Q112 132 92 152Z', '#e2662a') +
    lines('M84 92L98 84M94 100L108 92M105 109L119 101M24 164H202', '#8a9097', 2.6),
  heel:
    body(
      'M24 62Q44 54 52 74Q84 132 150 148Q196 156 206 174H150Q96 168 58 128L46 190H38L34 116Q22 92 24 62Z',
      '#d95f92',
    ) + body('M150 174H206L205 180H148ZM37 190H47L46 196H38Z', '#7c2d4e'),
  'flip-flop':
    body(
      'M30 132Q34 96 84 104Q128 112 164 92Q204 82 206 114Q204 148 150 150Q110 150 84 160Q36 168 30 132Z',
      '#22386b',
    ) +
    lines('M170 116Q132 88 92 106M170 116Q136 142 96 150', '#e6e2d8', 9) +
    '<circle cx="172" cy="116" r="6" fill="#e6e2d8"/>',
  watch:
    body('M88 12H136L142 72H82ZM82 152H142L136 212H88Z', '#6b4428') +
    '<circle cx="112" cy="112" r="52" fill="#a9aeb5"/><circle cx="112" cy="112" r="52" fill="url(#shade)"/>' +
    '<circle cx="112" cy="112" r="42" fill="#fafaf7"/>' +
    body('M163 106H172V118H163Z', '#8b9097') +
    lines(spokes, '#33383d', 3) +
    lines('M112 112V84M112 112L132 122', '#1d2125', 4) +
    lines('M112 118L104 84', '#b32a2a', 1.4),
  handbag:
    lines('M70 104Q74 34 112 34Q150 34 154 104', '#8a5a2c', 8) +
    body('M40 98H184L200 200Q112 212 24 200Z', '#c08a4e') +
    lines('M42 112H182M78 104V116M146 104V116', '#7b4f24', 3) +
    body('M102 104H122V128H102Z', '#8a5a2c') +
    '<circle cx="112" cy="116" r="3.5" fill="#e8d9a8"/>',
  sunglasses:
    body('M14 88H210V100H14Z', '#17181a') +
    body(
      'M22 92Q60 84 100 94Q100 150 62 150Q24 148 22 92ZM124 94Q164 84 202 92Q200 148 162 150Q124 150 124 94Z',
      '#17181a',
    ) +
    '<path d="M30 98Q60 92 92 100Q90 142 62 142Q32 140 30 98ZM132 100Q164 92 194 98Q192 140 162 142Q134 142 132 100Z" fill="#3b4650"/>' +
    lines('M42 106L54 130M144 108L156 132', '#71808d', 5),
  belt:
    body(
      'M112 60C190 60 204 96 204 112S190 164 112 164S20 128 20 112S34 60 112 60ZM112 84C60 84 48 102 48 112S60 140 112 140S176 122 176 112S164 84 112 84Z',
      '#5a3418',
    ) +
    body('M84 132H132V176H84ZM93 141V167H123V141Z', '#c9a14a') +
    lines('M108 154H136', '#c9a14a', 5) +
    lines([150, 164, 178].map((x) => `M${x} ${158 - (x - 150) / 3}h.1`).join(''), '#2b1709', 4),
};

/** A whole drawing as an SVG document. */
export const garmentSvg = (name: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="224" height="224" viewBox="0 0 224 224">` +
  `<defs><linearGradient id="shade" x1="0" y1="0" x2="1" y2="1">` +
  `<stop offset="0" stop-color="#fff" stop-opacity=".22"/><stop offset="1" stop-color="#000" stop-opacity=".24"/>` +
  `</linearGradient></defs><rect width="224" height="224" fill="#fff"/>` +
  garments[name].replaceAll('<path', '<path fill-rule="evenodd"') +
  `</svg>`;
