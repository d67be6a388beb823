/** What `evaluate` says to a person. */
import type { Evaluation } from './run';
import { bestOfAll } from './results';

const shown = ({ value, lo, hi }: { value: number; lo: number; hi: number }): string =>
  `${value.toFixed(3)} (${lo.toFixed(3)} to ${hi.toFixed(3)})`;

/** One block of lines a condition, for the metric that selects. */
export function summaryOf(evaluation: Evaluation): string {
  const { pack, split, n, bootstrap, results } = evaluation;
  const lines = [
    `${pack}, ${split}: ${n} pairs; 95 % intervals resample the ${bootstrap.units} ${bootstrap.unit}s ${bootstrap.resamples} times`,
  ];
  const named = new Set(results.map(({ task }) => task)).size > 1;
  const several = new Set(results.map(({ pairing }) => pairing)).size > 1;
  const told = new Set<string>();
  for (const result of results) {
    const { pairing, task, condition } = result;
    // the metric that selects comes first
    const scope = `${pairing} ${task} ${condition}`;
    if (told.has(scope)) continue;
    told.add(scope);
    const { bestProbes: best } = result;
    const all = bestOfAll(result);
    const { ensembles } = result;
    lines.push(
      `${several ? `${pairing}, ` : ''}${named ? `${task}, ` : ''}${condition}, ${result.metric}`,
      `  A alone (layer ${best.a})   ${shown(result.probes.a[best.a - 1])}`,
      `  B alone (layer ${best.b})   ${shown(result.probes.b[best.b - 1])}`,
      `  score sum           ${shown(result.scoreSum)}`,
      `  late                ${shown(result.late)}`,
      `  pairwise            ${shown(result.pairwise)}`,
      `  SSFN, d = ${result.ssfn.d}         ${shown(result.ssfn)}`,
      `  SSFN − late         ${shown(result.ssfnMinusLate)}`,
      `  SSFN − score sum    ${shown(result.ssfnMinusScoreSum)}`,
      ...(ensembles
        ? [
            `  ${ensembles.seeds.length} seeds together    late ${shown(ensembles.late)}, pairwise ${shown(ensembles.pairwise)}, SSFN ${shown(ensembles.ssfn)}`,
            `    SSFN − late       ${shown(ensembles.ssfnMinusLate)}`,
            `    SSFN − score sum  ${shown(ensembles.ssfnMinusScoreSum)}`,
          ]
        : []),
      `  best of all pairs, chosen here: (${all.i}, ${all.j}) ${all.value.toFixed(3)}`,
    );
  }
  for (const shift of evaluation.shifts ?? [])
    lines.push(
      `${shift.condition}, voices × ${shift.pitchAndFormants}: B alone ${shift.probe.toFixed(3)}, SSFN ${shift.ssfn.toFixed(3)}, score sum ${shift.scoreSum.toFixed(3)}`,
    );
  for (const { group, task, condition, metric, missing, ...row } of evaluation.together ?? []) {
    if (metric !== results.find((result) => result.task === task)?.metric) continue;
    const name = missing.length > 0 ? `without ${missing.join(', ')}` : 'whole';
    const sum = row.scoreSum ? `, score sum ${shown(row.scoreSum)}` : '';
    lines.push(`together, ${group}, ${condition}, ${name}: ${shown(row)}${sum}`);
  }
  for (const row of evaluation.dependency?.rows ?? []) {
    const { minusNone: less, drop } = row;
    // all of it is in the JSON; here whole inputs and those without a modality, by the metric that selects
    if (!less || row.metric === 'log-loss' || (drop && drop.by === 'noise')) continue;
    lines.push(
      `${several ? `${row.pairing}, ` : ''}${row.task}, ${row.condition}, ${drop ? `without ${drop.modality.toUpperCase()}` : 'whole'}, ${row.strategy}: ${row.variant} ${shown(row)}, minus none ${shown(less)}`,
    );
  }
  return lines.join('\n');
}
