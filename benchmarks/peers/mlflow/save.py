"""Save the fitted pipeline as MLflow's `model` folder, beside `iris.joblib`."""

import joblib
import mlflow

if __name__ == "__main__":
    mlflow.sklearn.save_model(joblib.load("iris.joblib"), "model")
