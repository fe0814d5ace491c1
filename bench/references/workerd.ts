import { copyFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The day whose behaviour workerd shows. */
const COMPATIBILITY_DATE = '2026-11-01'

const LOADER = fileURLToPath(new URL('loader.mjs', import.meta.url))

/** Arguments for workerd to serve the module in a file. */
export function serving(file: string, port: number): Promise<string[]> {
  return configured(`${file}.capnp`, port, { main: basename(file), bindings: '' })
}

/** Arguments for workerd to load a worker of this module for each request. */
export async function loading(file: string, port: number): Promise<string[]> {
  await copyFile(LOADER, join(dirname(file), basename(LOADER)))
  const code = `(name = "CODE", text = embed "${basename(file)}")`
  const bindings = `(name = "LOADER", workerLoader = (id = "bench")), ${code}`
  return configured(`${file}.loader.capnp`, port, { main: basename(LOADER), bindings })
}

async function configured(path: string, port: number, worker: { main: string; bindings: string }): Promise<string[]> {
  await writeFile(
    path,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "main.mjs", esModule = embed "${worker.main}")],
    compatibilityDate = "${COMPATIBILITY_DATE}",
    bindings = [${worker.bindings}],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`,
  )
  return ['serve', '--experimental', path]
}
