"""CDNOW as the package lifetimes ships it: where the file of its transactions lies, and how long its own fits take, each the best of
five. Run by benches/clv.py in an environment that has the package; prints one line of JSON."""
import json
import pathlib
import time
import warnings

warnings.simplefilter("ignore")

import lifetimes  # noqa: E402
from lifetimes.datasets import load_cdnow_summary_data_with_monetary_value  # noqa: E402


def best(fit):
    seconds, fitted = [], None
    for _ in range(5):
        began = time.perf_counter()
        fitted = fit()
        seconds.append(time.perf_counter() - began)
    return min(seconds), dict(fitted.params_)


data = load_cdnow_summary_data_with_monetary_value()
again = data[data.frequency > 0]
fits = {
    "bg_nbd": best(lambda: lifetimes.BetaGeoFitter().fit(data.frequency, data.recency, data["T"])),
    "gamma_gamma": best(lambda: lifetimes.GammaGammaFitter().fit(again.frequency, again.monetary_value)),
    "pareto_nbd": best(lambda: lifetimes.ParetoNBDFitter().fit(data.frequency, data.recency, data["T"])),
}
print(json.dumps({"transactions": str(pathlib.Path(lifetimes.__file__).parent / "datasets/CDNOW_sample.txt"),
                  "seconds": {name: seconds for name, (seconds, _) in fits.items()},
                  "parameters": {name: parameters for name, (_, parameters) in fits.items()}}))
