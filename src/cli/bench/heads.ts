/** Training all heads of a pairing side by side, and one by one. */
import { cpus } from 'node:os';
import { headSpecs } from '../../math/skew';
import { fitHeads } from '../heads/fit';
import { Threads } from '../heads/threads';
import { measure } from './child';
import { epochs, layers, madeData, options, sampled, samples } from './heads-single';
import { atMost, faster, type Group } from './types';

/** Linear between the sampled numbers of pairs. */
function epochTime(k: number, times: number[]): number {
  const above = Math.max(
    1,
    sampled.findIndex((s) => s >= k),
  );
  const [k0, k1] = [sampled[above - 1], sampled[above]];
  return times[above - 1] + ((k - k0) / (k1 - k0)) * (times[above] - times[above - 1]);
}

export const headsGroup: Group = {
  name: 'heads',
  about: 'training 265 heads, 30 epochs on 4,000 cached samples, side by side and one by one',
  async run(report) {
    const cores = cpus().length;
    const threads = new Threads(cores);
    const { seconds } = await fitHeads(madeData(), options, threads, () => undefined);
    await threads.stop();
    const specs = headSpecs(layers, layers);
    const what = `${specs.length} heads × ${epochs} epochs × ${samples} samples`;
    report(atMost(`training ${what}, ${cores} threads`, seconds, 's', 120));
    for (const fused of [false, true]) {
      const single = await measure('singleHeads', { fused });
      const alone = specs.reduce((sum, { k }) => sum + epochTime(k, single) * epochs, 0);
      report(
        faster(
          `training ${what}, against one by one${fused ? ' with the same kernel' : ''}`,
          seconds * 1000,
          { name: `one by one, one thread, ${fused ? 'a step in one kernel' : 'op by op'}`, value: alone },
          fused ? undefined : 10,
          `one by one is worked out from two epochs of single heads of ${sampled.join(', ')} pairs`,
        ),
      );
    }
  },
};
