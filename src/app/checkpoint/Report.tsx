import { useState } from 'react';
import { CurvesChart } from '../../charts/CurvesChart';
import { save } from '../../charts/download';
import { plain } from '../../charts/format';
import type { StatesOf } from '../../store/checkpoint/state';
import { Segmented } from '../Segmented';
import { useCheckpointActions } from './context';
import { LayerHeatmap } from './LayerHeatmap';
import { poolingWords } from './words';

const length = plain('length of the states', 1);
const formats = ['safetensors', 'npz', 'csv'] as const;
const types = { safetensors: 'application/octet-stream', npz: 'application/zip', csv: 'text/csv' };
const spoken = (seconds: number): string =>
  seconds < 1 ? `${Math.max(1, Math.round(1000 * seconds))} ms` : `${seconds.toFixed(1)} s`;
type Measure = 'cka' | 'cosine';

/** The layer states of one input: how long they are, how alike the layers are, and the states themselves as a file. */
export function Report({ of: { side, name, report, given } }: { of: StatesOf }) {
  const { saveStates } = useCheckpointActions();
  const { layers, width, positions, norms, pooling, seconds, pieces, cut } = report;
  const [measure, setMeasure] = useState<Measure>('cka');
  const shown = measure === 'cka' ? report.cka : report.cosine;
  const download = async (format: (typeof formats)[number]): Promise<void> => {
    const file = await saveStates(format);
    if (file) save(new Blob([file.bytes]), file.name, types[format]);
  };
  return (
    <>
      <p>
        <b>{name}</b> on {given}: {layers} layers × {positions} positions × width {width}, in{' '}
        {spoken(seconds.forward)}
        {cut ? `; ${cut} pieces past its length were left out` : ''}.
      </p>
      {pieces ? <p className="fine checkpoint-pieces">{pieces.join(' ')}</p> : null}
      <div className="checkpoint-charts">
        <div>
          <h3>Length of the states by layer</h3>
          <div className="checkpoint-curves">
            <CurvesChart
              quantity={length}
              label={`Mean length of the states of ${name} by layer: ${Array.from(norms.mean, (x) => x.toFixed(1)).join(', ')}; of the pooled state: ${Array.from(norms.pooled, (x) => x.toFixed(1)).join(', ')}`}
              series={[
                {
                  id: 'mean',
                  label: 'mean of the positions',
                  tone: side,
                  values: norms.mean,
                  lo: norms.lo,
                  hi: norms.hi,
                },
                { id: 'pooled', label: 'pooled', tone: 'other', values: norms.pooled },
              ]}
            />
          </div>
          <p className="fine">
            Euclidean; bars reach from the tenth to the ninetieth percentile of the positions. Pooled to{' '}
            {poolingWords[pooling]}.
          </p>
        </div>
        <div>
          <h3>How alike its layers are</h3>
          <Segmented<Measure>
            label="Measure"
            value={measure}
            onChange={setMeasure}
            options={[
              { id: 'cka', label: 'CKA of the positions' },
              { id: 'cosine', label: 'cosine of the pooled' },
            ]}
          />
          {shown ? (
            <LayerHeatmap
              layers={layers}
              values={shown}
              label={`${measure === 'cka' ? 'CKA' : 'Cosine'} of the layers of ${name}`}
            />
          ) : (
            <p>CKA needs at least four positions; this input has {positions}.</p>
          )}
          <p className="fine">
            {measure === 'cosine'
              ? 'Of the pooled states as they are, not centred: a few large dimensions can bring it near 1.'
              : report.ckaPositions < positions
                ? `Linear, debiased, over ${report.ckaPositions} of the ${positions} positions, evenly spread; about 0 for unrelated layers.`
                : 'Linear, debiased, over all positions of this one input; about 0 for unrelated layers, and rough where positions are few.'}
          </p>
        </div>
      </div>
      <p className="study-row">
        {formats.map((format) => (
          <button key={format} type="button" className="btn" onClick={() => void download(format)}>
            {format === 'csv' ? 'Pooled states as CSV' : `States as .${format}`}
          </button>
        ))}
      </p>
    </>
  );
}
