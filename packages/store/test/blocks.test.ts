import { diskBlocks, memoryBlocks } from '../src/index.ts'
import { blocksContract } from './blocks-contract.ts'
import { tempDir } from './temp-dir.ts'

blocksContract('memoryBlocks', async (capBytes) => memoryBlocks({ capBytes }))
blocksContract('diskBlocks', async (capBytes) => diskBlocks({ dir: await tempDir(), capBytes }))
