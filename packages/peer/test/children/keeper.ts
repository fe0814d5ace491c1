import { loadAliases } from '../../src/home/aliases.ts'
import { loadKey } from '../../src/home/keys.ts'

/** Adds aliases and makes keys without end, and says on stdout what is acknowledged, for a parent that kills it. */
const [dir = '', start = '0'] = process.argv.slice(2)
const aliases = await loadAliases(`${dir}/aliases.json`)
for (let number = Number(start); ; number++) {
  const { signer } = await loadKey(`${dir}/${number}.key`)
  process.stdout.write(`key ${number} ${signer.publisher}\n`)
  await aliases.add(`a${number}`, signer.publisher)
  process.stdout.write(`alias ${number} ${signer.publisher}\n`)
}
