import { tinyPack } from '../../fixtures/tiny-pack/tiny-pack';

let made: ReturnType<typeof tinyPack> | null = null;
/** The tiny pack's files in memory, made once. */
export const folderlessTinyPack = () => (made ??= tinyPack());
