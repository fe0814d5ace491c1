#!/usr/bin/env node
// Plain JavaScript: npm links it before anything is built, and an old Node can still read the message.
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(`fn needs Node.js 24 or newer (this is ${process.version}). Inside the repository: npx fn\n`)
  process.exit(1)
}
await import('../dist/fn.js')
