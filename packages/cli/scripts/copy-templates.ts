import { cp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `fn init` copies examples, also where only the package is installed: so the package carries them. */
const examples = fileURLToPath(new URL('../../../examples', import.meta.url))
const templates = fileURLToPath(new URL('../dist/templates', import.meta.url))

await rm(templates, { recursive: true, force: true })
for (const name of await readdir(examples)) {
  const from = join(examples, name)
  // What is no package, such as the demo, is no template.
  if (!(await readdir(from)).includes('package.json')) continue
  const filter = async (path: string): Promise<boolean> => path === from || (await isSource(path))
  await cp(from, join(templates, name), { recursive: true, filter })
}

/** Examples are flat: a folder in one is what tools left there. */
async function isSource(path: string): Promise<boolean> {
  return (await stat(path)).isFile() && !path.endsWith('.tsbuildinfo')
}
