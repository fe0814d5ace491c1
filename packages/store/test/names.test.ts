import { diskNames, memoryNames } from '../src/index.ts'
import { tempDir } from './temp-dir.ts'
import { namesContract } from './names-contract.ts'

namesContract('memoryNames', async (now = Date.now) => memoryNames({ now }))
namesContract('diskNames', async (now = Date.now) => diskNames({ dir: await tempDir(), now }))
