import { customAlphabet, nanoid } from 'nanoid'

export default (): Response =>
  Response.json({ ids: Array.from({ length: 100 }, () => nanoid()), digits: customAlphabet('0123456789', 12)() })
