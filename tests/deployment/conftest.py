"""One build of the image, which every test here shares."""

from pathlib import Path

import pytest

from tests.deployment import context
from tests.deployment.image import Build, Image

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image `site`, built from what Docker would get of the project's folder."""
    folder = tmp_path_factory.mktemp("image")
    # For the servers' account, which must get to what lies below it.
    folder.chmod(0o711)
    context.make(ROOT, folder / "context")
    # Dockerfile and .dockerignore are sent beside the context, whatever it leaves out.
    (folder / "context" / "Dockerfile").write_text((ROOT / "Dockerfile").read_text())
    build = Build(folder / "context", folder / "root")
    build.stage("packages")
    return build.stage("site")
