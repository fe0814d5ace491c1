#!/usr/bin/env node
// Plain JavaScript: npm links it before anything is built, and an old Node can still read the message.
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`fn needs Node.js 24 or newer (this is ${process.version}). Inside the repository, run it as: npx fn`)
  process.exit(1)
}
const { enableCompileCache } = await import('node:module')
enableCompileCache?.()
await import('../dist/main.js')
