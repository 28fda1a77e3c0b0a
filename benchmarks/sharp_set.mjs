// The rendition set by sharp: one request a line on stdin, the CPU seconds it took on stdout.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// Installed by the benchmark, away from this file.
const sharp = createRequire(`${process.env.NODE_PATH}/`)("sharp");
sharp.concurrency(1);
sharp.cache(false);

const uncoded = (image) => image.raw().toBuffer({ resolveWithObject: true });
const opened = ({ data, info }) => sharp(data, { raw: info });

const encoded = {
  webp: (image, quality, effort) => image.webp({ quality, effort }),
  jpg: (image, quality) => image.jpeg({ quality, progressive: true }),
  png: (image) => image.png({ compressionLevel: 1 }),
};

async function makeSet({ path, folder, specs, effort }) {
  const shrunk = sharp(path).resize(2048, 2048, { fit: "inside", withoutEnlargement: true });
  const largest = await uncoded(shrunk);
  let image = largest;
  for (const spec of specs.toSorted((a, b) => (b.width || b.edge) - (a.width || a.edge))) {
    let made;
    if (spec.height) {
      const source = spec.width <= image.info.width ? image : largest;
      made = opened(source).resize(spec.width, spec.height, { fit: "cover" });
    } else {
      if (spec.width) {
        image = await uncoded(opened(image).resize(spec.width, null, { withoutEnlargement: true }));
      }
      made = opened(image);
    }
    await encoded[spec.format](made, spec.quality, effort).toFile(
      `${folder}/${spec.name}.${spec.format}`,
    );
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage();
  await makeSet(JSON.parse(line));
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${(user + system) / 1e6}\n`);
}
