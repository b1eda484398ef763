export const HELP = `Usage: holdfast <command> [options]

Commands:
  keygen                  Print a new session secret: 256 random bits, as 43 characters of base64url
  audit-log verify FILE   Say whether an audit trail is as it was written
  keys list               Show the keys of keyFile() or storedKeys(), newest first; never a secret
  keys rotate             Make the next key before its time; it signs after its propagation window
  keys revoke ID          Revoke a key, and end exactly its sessions
  keys usage              Show how many live sessions depend on each key, and whether it may go
  migrate FILE            Show how far the migration has come of the middleware that FILE exports
  doctor TARGET...        Say what is wrong with an app's sessions, why, and what to write instead. A target is a file, a
                          folder, or a URL whose reply begins a session

Options of keygen:
  --env                   Print it as a line for a .env file: SESSION_SECRET=...
  --count <number>        Print that many, one a line (1 to 100)

Options of audit-log verify:
  --head <seq:mac>        A head of the trail that was kept elsewhere: shows whether its end was cut off
  --key-file <file>       The file with the trail's key; without it, the key is read from AUDIT_LOG_KEY
  Exit code: 0 as written, 1 tampered with or torn, 2 not verified (wrong usage, or a file that cannot be read)

Options of keys:
  --file <file>           The file of keyFile()
  --store <file>          The SQLite session store. Alone: the keys of storedKeys(), unwrapped with SESSION_SECRET from the
                          environment. With --file: its sessions; usage needs it, revoke then removes them at once
  --propagation <time>    Of rotate: how long all processes have to learn of the key (default 1h)
  --json                  Print JSON
  Exit code: 0 done, 1 no such key, 2 not done (wrong usage, or keys that cannot be read)

Options of migrate:
  --json                  Print JSON; what cannot be counted is null
  FILE exports the middleware of session() as its default or as \`sessions\`, and opens the same stores as the app
  Exit code: 0 told, 1 the middleware takes nothing over, 2 not told (wrong usage, or a store that cannot be read)

Options of doctor:
  --set-cookie <header>   Judge a Set-Cookie header that was copied from a browser; - reads headers from stdin
  --level <level>         What makes the exit code 1: error, warning (default) or note
  --json                  Print JSON
  Exit code: 0 nothing as bad as --level, 1 something, 2 not looked at (wrong usage, or a target that is not there)
  Programs are read, never run, with @babel/parser (npm install --save-dev @babel/parser). A URL gets one GET, and one
  over plain HTTP. No cookie's value is printed.

Options:
  -h, --help              Print this text
  -v, --version           Print the version

Keep the secret out of version control. To rotate it by hand, put a new one first and keep the old one behind it:
  session({ secret: [process.env.NEW_SESSION_SECRET, process.env.SESSION_SECRET] })
`;
