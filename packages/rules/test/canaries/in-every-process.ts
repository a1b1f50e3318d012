// node --import: the same for a process of its own, an example's for instance. One that lets a canary out ends with an error.
const { net } = await import('./net.ts')

process.on('exit', () => {
  const leaks = net.taken()
  if (leaks.length === 0) return
  process.stderr.write(`canaries got out: ${JSON.stringify(leaks)}\n`)
  process.exitCode = 70
})
