import type { Address } from "./run-servers.ts";

/** Says where the application is, and how to make a browser trust it. */
export function announce({ port, url, caFile }: Address): void {
  console.log(`Server running on port ${port}`);
  console.log(`Open ${url}`);
  if (caFile === undefined) return;
  console.log(`Your browser will warn until it trusts the certificate authority made for this machine:`);
  console.log(`  ${caFile}`);
  console.log(
    `Import it as an authority in the browser's certificate settings, or try: curl --cacert ${caFile} ${url}`,
  );
}
