import { use } from 'react';
import { useActions } from '../../store/react';
import { CheckpointContext, useCheckpoints } from './context';
import { EncoderPanel } from './EncoderPanel';
import { KeptList } from './KeptList';
import { StatesPanel } from './StatesPanel';
import { TablePanel } from './TablePanel';
import './checkpoint.css';

/** Own checkpoints: two encoders, the layer states of one input, and a table of samples on its way to a study. */
export default function CheckpointSection() {
  const store = use(useActions().checkpoints());
  return (
    <CheckpointContext value={store}>
      <header className="page-head">
        <h2>Your own checkpoints</h2>
        <p className="fine">
          Two encoders as Hugging Face folders, read in this tab: the states of an input as{' '}
          <code>transformers</code> gives them, and of a whole table as the files above. Nothing is uploaded.
        </p>
      </header>
      <Problem />
      <div className="study checkpoints">
        <EncoderPanel side="a" />
        <EncoderPanel side="b" />
        <TablePanel />
        <StatesPanel />
        <KeptList />
      </div>
    </CheckpointContext>
  );
}

function Problem() {
  const problem = useCheckpoints((s) => s.problem);
  return problem ? (
    <p className="problem" role="alert">
      {problem}
    </p>
  ) : null;
}
