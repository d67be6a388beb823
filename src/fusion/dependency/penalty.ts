/**
 * Training with the penalty: loss = task − λ · dependency(p(a), p(b)), Colombo et al. 2021, eq. 1 and 5. Each head has
 * a statistical network of its own, which climbs before each step of the head, on the same batch.
 */
import { mixSeed, seededRandom } from '../../math/random';
import { AdamW } from '../../runtime/optimiser';
import * as tf from '../../runtime/tf';
import { initialParameters, toTensors, type ParameterTensors } from '../parameters';
import type { Penalty } from '../train';
import { nextAverage, objective } from './bounds';
import { criticParameters, scoreRows, type DependencyMeasure } from './critic';
import { shiftsOf } from './shuffles';

export interface PenaltyOptions {
  measure: DependencyMeasure;
  /** How much of the dependency is taken from the loss, at least 0. */
  lambda: number;
  seed: number;
  hidden?: number;
  /** Learning rate of T, which is constant: what it measures moves on. */
  rate?: number;
  /** Shuffled tuples for each true one. */
  shuffles?: number;
  /** Steps of T before each step of the heads. */
  climbs?: number;
}

const defaults = { hidden: 32, rate: 1e-2, shuffles: 2, climbs: 2 };

export interface DependencyPenalty {
  /** What `trainHeads` and `trainChunk` take; a chunk of heads that comes again goes on with its T. */
  penalty: Penalty;
  dispose(): void;
}

/** T of the heads of a chunk while they train. */
interface Opponent {
  step: number;
  names: string[];
  variables: tf.Variable[];
  optimiser: AdamW;
  average: tf.Tensor;
}

export function dependencyPenalty(given: PenaltyOptions): DependencyPenalty {
  const options = { ...defaults, ...given };
  const { measure, lambda, seed, climbs } = options;
  const opponents = new Map<string, Opponent>();

  function opponentOf(heads: readonly number[], widths: number[]): Opponent {
    const key = heads.join();
    let opponent = opponents.get(key);
    if (!opponent) {
      const specs = criticParameters({ widths, hidden: options.hidden });
      const seeds = heads.map((head) => mixSeed(seed, 'penalty', head));
      const tensors = toTensors(initialParameters(specs, seeds));
      opponent = {
        step: 0,
        names: specs.map(({ name }) => name),
        variables: specs.map(({ name }) => tf.variable(tensors[name])),
        optimiser: new AdamW({ learningRate: options.rate }),
        average: tf.keep(tf.ones([heads.length])),
      };
      tf.dispose(tensors);
      opponents.set(key, opponent);
    }
    return opponent;
  }

  return {
    penalty(projectedA, projectedB, heads) {
      if (lambda === 0) return tf.scalar(0);
      const opponent = opponentOf(heads, [projectedA.shape[2] as number, projectedB.shape[2] as number]);
      // by the step alone, so that a head's training does not depend on which heads share its chunk
      const random = seededRandom(seed, 'penalty shuffles', opponent.step++);
      const n = projectedA.shape[1] as number;
      const tensors: ParameterTensors = Object.fromEntries(
        opponent.names.map((name, i) => [name, opponent.variables[i]]),
      );
      const views = [centred(projectedA), centred(projectedB)];
      for (let climb = 0; climb < climbs; climb++) {
        const shifts = shiftsOf(n, 2, options.shuffles, random);
        let seen = opponent.average;
        const f = (): tf.Scalar => {
          const { value, exponential } = dependencyOf(tensors, views, shifts, measure, opponent.average);
          if (exponential) seen = exponential;
          return tf.neg(tf.sum(value)) as tf.Scalar;
        };
        opponent.optimiser.apply(tf.variableGrads(f, opponent.variables).grads, opponent.variables);
        const average = tf.keep(nextAverage(opponent.average, seen));
        opponent.average.dispose();
        opponent.average = average;
      }
      const shifts = shiftsOf(n, 2, options.shuffles, random);
      const { value } = dependencyOf(tensors, views, shifts, measure, opponent.average);
      return tf.mul(tf.sum(value), -lambda);
    },
    dispose() {
      for (const { variables, average, optimiser } of opponents.values()) {
        tf.dispose([...variables, average]);
        optimiser.dispose();
      }
      opponents.clear();
    },
  };
}

/**
 * Projected vectors about their batch's mean, over their root mean square length by dimension. Without it a head could
 * raise the Wasserstein distance for nothing, by making its vectors longer. Differentiable.
 * @param x [G, n, width]
 */
export function centred(x: tf.Tensor): tf.Tensor {
  const about = tf.sub(x, tf.mean(x, 1, true));
  const size = tf.sqrt(tf.add(tf.mean(tf.square(about), [1, 2], true), 1e-8));
  return tf.div(about, size);
}

/**
 * What T and the heads climb on a batch, of each member: see `objective`. Differentiable by T and by the views.
 * @param views [G, n, width] of each modality
 * @param shifts by which the modalities of each shuffle are moved on, see `shiftsOf`
 */
export function dependencyOf(
  parameters: ParameterTensors,
  views: readonly tf.Tensor[],
  shifts: readonly (readonly number[])[],
  measure: DependencyMeasure,
  average: tf.Tensor | null,
): { value: tf.Tensor; exponential: tf.Tensor | null } {
  const [groups, n] = views[0].shape as number[];
  const x = tf.concat(
    views.map((view, m) => tf.concat([view, ...shifts.map((shift) => moved(view, shift[m]))], 1)),
    2,
  );
  const scores = scoreRows(parameters, x, measure);
  return objective(
    tf.slice(scores, [0, 0], [groups, n]),
    tf.slice(scores, [0, n], [groups, shifts.length * n]),
    measure,
    average,
  );
}

/** Row s gets what row s + shift had, round and round. */
function moved(view: tf.Tensor, shift: number): tf.Tensor {
  if (shift === 0) return view;
  const [groups, n, width] = view.shape as number[];
  return tf.concat(
    [
      tf.slice(view, [0, shift, 0], [groups, n - shift, width]),
      tf.slice(view, [0, 0, 0], [groups, shift, width]),
    ],
    1,
  );
}
