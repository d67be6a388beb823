/**
 * The study file: one JSON with settings, data, figures, and the small files of a pack as base64. It opens without the
 * features, on the page or in any language that reads JSON; the same study gives the same bytes.
 */
import * as v from 'valibot';
import { UserError } from '../../math/errors';
import { sha256 } from '../integrity';
import { parsePack } from '../parse';
import type { Pack } from '../schema';
import { assemblePack, jsonContent } from '../write';
import type { AssembledStudy, StudyEvaluation } from './assemble';
import {
  rowsOfSplit,
  splitNames,
  type SideDescription,
  type SplitIndex,
  type StudyNumbers,
  type StudySettings,
} from './settings';
import type { StudyShard } from './shard';

export interface StudyFile {
  schema: 1;
  kind: 'skewscope-study';
  program: string;
  title: string;
  data: {
    a: SideDescription;
    b: SideDescription;
    samples: number;
    classes: string[];
    groups: string | null;
    /** Where the target is a number: the edges of the ranges that `classes` names, and its scale in training. */
    numbers?: Omit<StudyNumbers, 'values'>;
  };
  settings: StudySettings;
  split: {
    by: string;
    counts: Record<(typeof splitNames)[number], number[]>;
    units: Record<(typeof splitNames)[number], number>;
  };
  /** Skew of the SSFN, chosen on validation. */
  ssfn: number;
  evaluation: StudyEvaluation;
  /**
   * By head, in the order of `headSpecs`: the best epoch, and the loss and accuracy on validation there; of a number
   * the squared error in its deviations, and the correlation.
   */
  training: { epoch: number[]; loss: number[]; accuracy?: number[]; correlation?: number[] };
  cite: string[];
  pack: Pack;
  /** Path in the pack → base64. */
  files: Record<string, string>;
}

const cite = [
  '@article{hu2024skewpair, title={Skew-pair fusion theory: an interpretable multimodal fusion framework}, author={Hu and others}, year={2024}}',
  "@inproceedings{colombo2021improving, title={Improving Multimodal Fusion via Mutual Dependency Maximisation}, author={Colombo, Pierre and Chapuis, Emile and Labeau, Matthieu and Clavel, Chlo{\\'e}}, booktitle={Proceedings of EMNLP}, year={2021}, eprint={2109.00922}, archivePrefix={arXiv}}",
];

/** @param withHeads also the trained heads, so that the page can run them: ten megabytes and more */
export async function encodeStudy(
  shard: StudyShard,
  study: AssembledStudy,
  { withHeads = false }: { withHeads?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { about, evaluation, ssfn } = study;
  const { numbers } = about;
  const contents = [...study.contents, ...(withHeads ? [study.heads()] : [])];
  const files = await assemblePack(study.pack, contents);
  const pack = JSON.parse(new TextDecoder().decode(files.get('pack.json'))) as Pack;
  files.delete('pack.json');
  const byPart = <T>(of: (rows: Int32Array) => T) =>
    Object.fromEntries(
      splitNames.map((name, part) => [name, of(rowsOfSplit(about.split, part as SplitIndex))]),
    ) as Record<(typeof splitNames)[number], T>;
  const heads = shard.chunks.flatMap((chunk) =>
    chunk.heads.map((head, h) => ({
      head,
      epoch: chunk.epoch[h],
      loss: chunk.loss[h],
      accuracy: chunk.accuracy[h],
    })),
  );
  heads.sort((x, y) => x.head - y.head);
  const file: StudyFile = {
    schema: 1,
    kind: 'skewscope-study',
    program: about.program,
    title: about.title,
    data: {
      a: about.a,
      b: about.b,
      samples: about.ids.length,
      classes: about.classes,
      groups: about.groupName,
      ...(numbers
        ? { numbers: { edges: numbers.edges, mean: numbers.mean, deviation: numbers.deviation } }
        : {}),
    },
    settings: about.settings,
    split: {
      by: about.splitBy,
      counts: byPart((rows) =>
        about.classes.map((_, c) => rows.reduce((sum, s) => sum + Number(about.labels[s] === c), 0)),
      ),
      units: byPart((rows) => new Set(Array.from(rows, (s) => about.units[s])).size),
    },
    ssfn,
    evaluation,
    training: {
      epoch: heads.map(({ epoch }) => epoch + 1),
      loss: heads.map(({ loss }) => loss),
      [numbers ? 'correlation' : 'accuracy']: heads.map(({ accuracy }) => accuracy),
    },
    cite,
    pack,
    files: Object.fromEntries([...files].map(([path, bytes]) => [path, toBase64(bytes)])),
  };
  return jsonContent(file);
}

const shape = v.looseObject({
  schema: v.literal(1),
  kind: v.literal('skewscope-study'),
  title: v.string(),
  pack: v.looseObject({}),
  files: v.record(v.string(), v.string()),
});

/**
 * The study as the files of a pack, `pack.json` among them; every file's hash is checked.
 * @throws UserError where it is no study, or damaged
 */
export async function decodeStudy(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): Promise<{ pack: Pack; files: Map<string, Uint8Array<ArrayBuffer>> }> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new UserError(
      `The file ${name} is no study: it is not whole JSON; save or download it again.`,
      name,
    );
  }
  const parsed = v.safeParse(shape, value);
  if (!parsed.success) {
    const field = v.getDotPath(parsed.issues[0]) ?? 'its top level';
    throw new UserError(
      `The file ${name} is no study that this program reads (${field} is wrong); save it again.`,
      `${name}: ${field}`,
    );
  }
  const json = new TextEncoder().encode(JSON.stringify(parsed.output.pack));
  const pack = parsePack(new TextDecoder().decode(json), name);
  const files = new Map<string, Uint8Array<ArrayBuffer>>([['pack.json', json]]);
  for (const { path, sha256: wanted } of pack.files) {
    const text = parsed.output.files[path];
    const damaged = (): never => {
      throw new UserError(
        `The study ${name} is damaged: its part ${path} is missing or was changed; save it again.`,
        `${name}: ${path}`,
      );
    };
    const part = text === undefined ? damaged() : (fromBase64(text) ?? damaged());
    if ((await sha256(part)) !== wanted) damaged();
    files.set(path, part);
  }
  return { pack, files };
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  // a few thousand at a time: all at once is more arguments than a call may have
  for (let from = 0; from < bytes.length; from += 8190)
    text += btoa(String.fromCharCode(...bytes.subarray(from, from + 8190)));
  return text;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const binary = atob(text);
    const out = new Uint8Array(binary.length);
    for (let i = 0; i < out.length; i++) out[i] = binary.charCodeAt(i);
    return out;
  } catch {
    return null;
  }
}
