/**
 * What a peer keeps: blocks by CID, verified whenever they are read, and signed names with their history. Several
 * processes may share one folder.
 *
 * @packageDocumentation
 */
export { diskBlocks, type DiskBlocksInit } from './disk-blocks.ts'
export { diskNames, type DiskNamesInit } from './disk-names.ts'
export { diskSecrets, type DiskSecretsInit } from './disk-secrets.ts'
export { memoryBlocks, type MemoryBlocksInit } from './memory-blocks.ts'
export { memoryNames, type MemoryNamesInit } from './memory-names.ts'
export { diskError } from './disk-error.ts'
export { createFileAtomic, makeDirectory, writeFileAtomic, type WriteOptions } from './write-file.ts'
