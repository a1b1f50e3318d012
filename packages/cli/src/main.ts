#!/usr/bin/env node
import { millrace } from './millrace.ts'

process.exitCode = await millrace(process.argv.slice(2), {
  cwd: process.cwd(),
  now: () => new Date(),
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
})
