"""Several workers at one product file: each line is taken over once, and nobody waits for anybody."""

import pytest

from commerce.catalog import file_import, uploads
from commerce.models import Product, ProductImportLine, StockMovement
from integration.catalog import product_files
from tests.concurrency.threads import Threads
from tests.factories import amazon

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = amazon.NOW


def test_each_line_is_taken_over_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_import, "SKUS_PER_BATCH", 7)
    text = "sku,source,on_hand\n" + "".join(f"S-{number},main,{number + 1}\n" for number in range(60))
    found = uploads.upload(text.encode(), file_name="a.csv", token="t", by="maria", now=NOW)
    threads = Threads()
    for _ in range(3):
        threads.add(lambda: product_files.start(found, by="maria", now=NOW))
    threads.run()
    while not ProductImportLine.objects.exclude(outcome="").count() == 60:
        workers = Threads()
        for _ in range(3):
            workers.add(lambda: product_files.serve(now=NOW))
        workers.run()
    assert set(ProductImportLine.objects.values_list("outcome", flat=True)) == {"CREATED"}
    assert Product.objects.count() == 60
    assert StockMovement.objects.filter(reason="IMPORT").count() == 60
