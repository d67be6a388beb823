import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  csvDocument,
  escapeXml,
  fileStem,
  jsonDocument,
  lightTokens,
  svgDocument,
  withLightTokens,
  wrap,
} from '../../../src/charts/export';

/** Vitest empties style sheets that are imported; the page's build does not. */
const sheet = (name: string): string =>
  readFileSync(new URL(`../../../src/charts/${name}`, import.meta.url), 'utf8');

const notes = {
  title: 'A < B & "C"',
  caption: 'What is shown.',
  axes: ['A: drawn (TimeSformer)', 'B: spoken (AST)'],
  seed: 7,
  versions: 'Skewscope 0.1.0, pack digits',
};

describe('an exported figure', () => {
  it('has every colour written out, from the light set', () => {
    const light = lightTokens(sheet('tokens.css'));
    expect(light.get('--ink')).toBe('#171c1f');
    expect(light.get('--panel')).toBe('#fcfcfb');
    const css = withLightTokens(sheet('marks.css'), light);
    expect(css).not.toContain('var(');
    expect(css).toContain('#171c1f');
    expect(css).not.toContain('#e9edee');
    expect(() => withLightTokens('.x { fill: var(--nonsense) }', light)).toThrow(/--nonsense/);
  });
  it('names its axes, seed and versions, and escapes what a person may have written', () => {
    const svg = svgDocument('<path d="M0 0"/>', 600, 100, notes);
    for (const part of ['A: drawn', 'B: spoken', 'Seed 7', 'pack digits', '<path d="M0 0"/>'])
      expect(svg).toContain(part);
    expect(svg).toContain('A &#60; B &#38; &#34;C&#34;');
    expect(svg).not.toContain('A < B');
    expect(escapeXml("'")).toBe('&#39;');
  });
  it('wraps at spaces and loses no word', () => {
    const text = 'one two three incomprehensibilities four';
    const lines = wrap(text, 10);
    expect(lines.join(' ')).toBe(text);
    for (const line of lines) expect(line.length <= 10 || !line.includes(' ')).toBe(true);
  });
  it('is a table too: notes as comments, fields quoted, no NaN', () => {
    const csv = csvDocument(
      {
        columns: ['class', 'p'],
        rows: [
          ['a, "b"', 0.8500000238418579],
          ['c', NaN],
        ],
      },
      notes,
    );
    const lines = csv.trimEnd().split('\r\n');
    expect(lines.filter((l) => l.startsWith('#'))).toHaveLength(4);
    expect(lines.slice(-3)).toEqual(['class,p', '"a, ""b""",0.85', 'c,']);
  });
  it('keeps typed arrays in JSON, and makes file names of words', () => {
    expect(JSON.parse(jsonDocument({ x: Float32Array.of(1, 2), y: NaN }))).toEqual({ x: [1, 2], y: null });
    expect(fileStem('Mask', 'K = 12', 'τ')).toBe('mask-k-12');
  });
});
