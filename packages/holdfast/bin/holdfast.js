#!/usr/bin/env node
// Here and not in dist: npm links a command only if its file is there when the package is installed, and in a clone of
// this repository that is before the first build.
import "../dist/cli.js";
