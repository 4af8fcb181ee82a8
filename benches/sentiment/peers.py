"""VADER, and TF-IDF with logistic regression, on the rows of a file: held, recommended, rating, text. Prints JSON."""
import csv
import json
import sys
import time

from scipy.stats import spearmanr
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

rows = list(csv.reader(open(sys.argv[1], newline="")))
train = [row for row in rows if row[0] == "0"]
held = [row for row in rows if row[0] == "1"]


def told(scores, seconds):
    return {"auc": roc_auc_score([int(row[1]) for row in held], scores), "spearman": spearmanr(scores, [int(row[2]) for row in held])[0],
            "seconds": seconds}


vader = SentimentIntensityAnalyzer()
began = time.perf_counter()
scores = [vader.polarity_scores(row[3])["compound"] for row in held]
answer = {"VADER": told(scores, time.perf_counter() - began)}

began = time.perf_counter()
words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
model = LogisticRegression(C=4, max_iter=1000).fit(words.fit_transform([row[3] for row in train]), [int(row[1]) for row in train])
scores = model.decision_function(words.transform([row[3] for row in held]))
answer["TF-IDF + logistic regression"] = told(list(scores), time.perf_counter() - began)
print(json.dumps(answer))
