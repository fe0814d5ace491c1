import { diskNames, memoryNames } from '../src/index.ts'
import { tempDir } from './temp-dir.ts'
import { namesContract } from './names-contract.ts'

namesContract('memoryNames', async () => memoryNames())
namesContract('diskNames', async () => diskNames({ dir: await tempDir() }))
