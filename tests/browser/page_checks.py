"""What every page is looked at with: sizes of screens, and the rules of WCAG."""

import pathlib

from django.conf import settings
from playwright.sync_api import ViewportSize

SIZES: dict[str, ViewportSize] = {
    "phone": {"width": 390, "height": 844},
    "desk": {"width": 1440, "height": 900},
}
AXE = pathlib.Path(settings.NODE_MODULES) / "axe-core" / "axe.min.js"
CHECKS = """async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
    const told = await axe.run(document, {runOnly: tags});
    const places = (nodes) => nodes.map(({target}) => target.join(" ")).join(", ");
    return told.violations.map(({id, nodes}) => `${id}: ${places(nodes)}`);
}"""
