import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Variants {
  /** The module of all of them. */
  file: string
  folder: string
  count: number
  /** What they differ in: a variable, so that a process may know their code already, or the code itself, so that each is a bundle of its own. */
  by: 'variable' | 'code'
}

/** Handler folders that are functions of their own. */
export async function variants({ file, folder, count, by }: Variants): Promise<string[]> {
  const module = await readFile(file, 'utf8')
  return Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const path = join(folder, `v${at}`)
      await mkdir(path, { recursive: true })
      const mark = by === 'code' ? `globalThis.variant = ${at}\n` : ''
      await writeFile(join(path, 'index.mjs'), mark + module)
      await writeFile(join(path, 'fn.json'), JSON.stringify({ name: `v${at}`, env: { VARIANT: path } }))
      return path
    }),
  )
}

/**
 * A handler with so many bytes of code that are loaded and not called, as most of a large bundle is. They are as small already as minifying
 * makes them, so that as many come out of it.
 */
export async function padded(file: string, handler: string, bytes: number): Promise<void> {
  const lines: string[] = []
  for (let length = 0; length < bytes;) {
    const at = lines.length
    const line = `(e,l)=>{let a=e.map(t=>t*${at}+l);return a.length>${at % 7}?{c:a,at:"${at}"}:void 0},`
    lines.push(line)
    length += line.length
  }
  await writeFile(
    file,
    `import handler from ${JSON.stringify(handler)}\nglobalThis.unused=[${lines.join('')}]\nexport default handler\n`,
  )
}
