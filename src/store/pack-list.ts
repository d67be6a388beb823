/** models/index.json: which packs there are, before any is loaded. */
import * as v from 'valibot';
import { UserError } from '../math/errors';
import type { PackEntry } from './state';

const entry = v.object({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]*$/)),
  title: v.string(),
  subtitle: v.string(),
  modalities: v.tuple([v.string(), v.string()]),
  url: v.pipe(v.string(), v.regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[\w./-]+$/)),
});
const list = v.object({ schema: v.literal(1), packs: v.pipe(v.array(entry), v.maxLength(64)) });

/**
 * @param base the list's own address; urls in it are relative to it
 * @throws UserError naming the first field that is wrong
 */
export function parsePackList(text: string, base: string): PackEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UserError('The list of packs is not JSON: put models/index.json back.', 'models/index.json');
  }
  const parsed = v.safeParse(list, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const where = v.getDotPath(issue) ?? 'its top level';
    throw new UserError(
      `The list of packs is not of a form that this page reads (at ${where}): put models/index.json back, or update the page.`,
      'models/index.json',
    );
  }
  return parsed.output.packs.map((pack) => ({ ...pack, url: new URL(pack.url, base).href }));
}
