import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/math/errors';
import {
  decodeJointDependency,
  encodeJointDependency,
  type JointDependency,
} from '../../../src/packs/joint-file';
import { parsePack } from '../../../src/packs/parse';
import type { Pack } from '../../../src/packs/schema';
import { tinyPack } from '../../fixtures/tiny-pack/tiny-pack';

const made = await tinyPack({ la: 3, lb: 2 });
const pack = JSON.parse(new TextDecoder().decode(made.get('pack.json'))) as Pack;
const withGroups = (groups: unknown, group = 'both') =>
  parsePack(
    JSON.stringify({
      ...pack,
      groups,
      files: [...pack.files, { ...pack.files[0], path: 'joint.both', role: 'joint', when: 'lazy', group }],
    }),
    'tiny',
  );
const both = { id: 'both', modalities: ['video', 'audio'], layers: [3, 1] };

describe('groups of modalities', () => {
  it('stand in pack.json, and files name them', () => {
    const parsed = withGroups([both]);
    expect(parsed.groups).toEqual([both]);
    expect(parsed.files.at(-1)).toMatchObject({ role: 'joint', group: 'both' });
  });

  it.each([
    ['a modality that is not there', [{ ...both, modalities: ['video', 'smell'] }], /groups\.0\.modalities/],
    ['a modality twice', [{ ...both, modalities: ['video', 'video'] }], /twice/],
    ['one modality alone', [{ ...both, modalities: ['video'], layers: [1] }], /groups\.0\.modalities/],
    ['a layer that is not there', [{ ...both, layers: [3, 3] }], /groups\.0\.layers are 3, 3/],
    ['too few layers', [{ ...both, layers: [3] }], /groups\.0\.layers/],
    ['layers from 0', [{ ...both, layers: [0, 1] }], /groups\.0\.layers/],
    ['two of one id', [both, both], /groups\.1\.id/],
  ])('are refused with %s', (_, groups, said) => {
    expect(() => withGroups(groups)).toThrow(UserError);
    expect(() => withGroups(groups)).toThrow(said);
  });

  it('are refused where a file names another', () => {
    expect(() => withGroups([both], 'others')).toThrow(/"others", which is not in the pack/);
  });
});

describe('the dependency of a group', () => {
  const measures = { kl: { value: 0.2, nulls: [0, 0.1] }, f: { value: 0.1, nulls: [] } };
  const file: JointDependency = {
    schema: 1,
    group: 'both',
    modalities: ['video', 'audio'],
    layers: [3, 1],
    samples: 60,
    seed: 0,
    measures: { ...measures, wasserstein: { value: 0, nulls: [0] } },
  };

  it('comes back from its file', () => {
    expect(decodeJointDependency(encodeJointDependency(file), 'x')).toEqual(file);
  });

  it('is refused where a measure is missing, or it is something else', () => {
    const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    expect(() => decodeJointDependency(bytes({ ...file, measures }), 'x')).toThrow(
      /x cannot be used: measures\.wasserstein/,
    );
    expect(() => decodeJointDependency(new TextEncoder().encode('{'), 'x')).toThrow(UserError);
  });
});
