import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Handler folders that share a bundle and differ in a variable: functions of their own, with code that a process may know already. */
export async function variants(file: string, folder: string, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const path = join(folder, `v${at}`)
      await mkdir(path, { recursive: true })
      await copyFile(file, join(path, 'index.mjs'))
      await writeFile(join(path, 'fn.json'), JSON.stringify({ name: `v${at}`, env: { VARIANT: path } }))
      return path
    }),
  )
}

/** A handler with so many bytes of code that are loaded and not called, as most of a large bundle is. */
export async function padded(file: string, handler: string, bytes: number): Promise<void> {
  const lines: string[] = []
  for (let length = 0; length < bytes;) {
    const at = lines.length
    const line = `(a, b) => { const c = a.map((one) => one * ${at} + b); return c.length > ${at % 7} ? { c, at: "${at}" } : undefined },\n`
    lines.push(line)
    length += line.length
  }
  await writeFile(
    file,
    `import handler from ${JSON.stringify(handler)}\nglobalThis.unused = [\n${lines.join('')}]\nexport default handler\n`,
  )
}
