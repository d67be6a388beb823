import type { Server } from 'node:http';

export interface Answer {
  status?: number;
  body?: string | Buffer;
  type?: string;
}
export interface StaticServerOptions {
  folder: string;
  mounts?: Record<string, string>;
  headers?: boolean;
  replace?: (path: string) => Answer | undefined;
}
export function staticServer(options: StaticServerOptions): Server;
export function listen(server: Server, wanted: number, host?: string): Promise<number>;
export function ensureBuilt(): string;
