import { diskBlocks, diskNames } from '../../src/index.ts'
import { largeBlock, record, signer } from '../material.ts'

/** Stores blocks and names without end, and says on stdout what is acknowledged, for a parent that kills it. */
const [dir = '', start = '0'] = process.argv.slice(2)
const blocks = await diskBlocks({ dir: `${dir}/blocks`, capBytes: 1e9 })
const names = await diskNames({ dir: `${dir}/names` })
const by = await signer(1)

for (let number = Number(start); ; number += 3) {
  // Some blocks at once, so that the next one is being written when the parent hears of the one before.
  const batch = await Promise.all([0, 1, 2].map(async (n) => ({ n: number + n, ...(await largeBlock(number + n)) })))
  await Promise.all([
    ...batch.map(async ({ n, cid, bytes }) => {
      await blocks.put(cid, bytes, { pin: n % 2 === 0 })
      process.stdout.write(`block ${n}\n`)
    }),
    names.put(await record({ sequence: number + 1, by })).then(() => process.stdout.write(`name ${number + 1}\n`)),
  ])
}
