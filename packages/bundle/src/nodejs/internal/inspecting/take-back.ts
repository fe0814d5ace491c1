import { LENT } from './lend.ts'

for (const name of Object.keys(LENT)) Reflect.deleteProperty(globalThis, name)
