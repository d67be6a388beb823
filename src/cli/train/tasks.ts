/** The tasks that the trainer knows, by name. */
import { digitsAudio } from './digits-audio';
import { digitsVideo } from './digits-video';
import { fashionImage } from './fashion-image';
import { fashionText } from './fashion-text';
import { emotionAudio } from './emotion-audio';
import { emotionText } from './emotion-text';
import { latinEnglish } from './latin';
import { sentimentFeatures } from './sentiment-features';
import { sentimentText } from './sentiment-text';
import type { TaskName, TaskOptions } from './messages';
import type { EncoderTask } from './task';

const tasks: Record<TaskName, (options: TaskOptions) => EncoderTask> = {
  'digits-video': digitsVideo,
  'digits-audio': digitsAudio,
  latin: (options) => latinEnglish('latin', options),
  english: (options) => latinEnglish('english', options),
  'fashion-text': fashionText,
  'fashion-image': fashionImage,
  'emotion-text': emotionText,
  'emotion-audio': emotionAudio,
  'sentiment-text': sentimentText,
  'sentiment-audio': (options) => sentimentFeatures('audio', options),
  'sentiment-video': (options) => sentimentFeatures('video', options),
  'sentiment-text-features': (options) => sentimentFeatures('text', options),
};

export const createTask = (name: TaskName, options: TaskOptions): EncoderTask => tasks[name](options);
