import { hash } from 'node:crypto'
import type { Digest } from '@hither/core'

export const sha256: Digest = (bytes) => hash('sha256', bytes, 'buffer')
