"""Several workers at one product file: each line is taken over once, and nobody waits for anybody."""

import pytest

from commerce import product_imports, products_csv
from commerce.models import Product, ProductImportLine, StockMovement
from integration import catalogue_files
from tests.concurrency.threads import Threads
from tests.factories import amazon

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = amazon.NOW


def test_each_line_is_taken_over_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products_csv, "SKUS_PER_BATCH", 7)
    text = "sku,source,on_hand\n" + "".join(f"S-{number},main,{number + 1}\n" for number in range(60))
    found = product_imports.upload(text.encode(), file_name="a.csv", token="t", by="maria", now=NOW)
    threads = Threads()
    for _ in range(3):
        threads.add(lambda: catalogue_files.start(found, by="maria", now=NOW))
    threads.run()
    while not ProductImportLine.objects.exclude(outcome="").count() == 60:
        workers = Threads()
        for _ in range(3):
            workers.add(lambda: catalogue_files.serve(now=NOW))
        workers.run()
    assert set(ProductImportLine.objects.values_list("outcome", flat=True)) == {"CREATED"}
    assert Product.objects.count() == 60
    assert StockMovement.objects.filter(reason="IMPORT").count() == 60
