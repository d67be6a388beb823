import type { Handler } from '../handler';

const folderOf = (url: string): string => url.replace(/pack\.json$/, '');

export const loadPack: Handler<'loadPack'> = ({ url }, { session, signal, progress }) =>
  session.foreground(async () => {
    const opened = await session.open(folderOf(url), { signal, onProgress: progress });
    const { pack, bytes, cached, notices } = opened.files;
    return { pack, bytes, cached, notices: [...notices] };
  });

export const deletePack: Handler<'deletePack'> = async ({ url }, { session }) => ({
  bytes: (await session.cache?.delete(folderOf(url))) ?? 0,
});
