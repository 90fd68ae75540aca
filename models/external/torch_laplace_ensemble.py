# SPDX-License-Identifier: Apache-2.0
"""A small deep ensemble in PyTorch, with a Laplace approximation of each member's last layer. In a suite:

{"model": "external", "label": "torch", "parameters": {"command": ["python3", "torch_laplace_ensemble.py"]}}

Every member is a network of its own; given its last layer's inputs, the weights of that layer have a Gaussian
posterior. Draws of those weights, over all members, are draws of the function, joint over all query points.
Parameters: "members" (default: 5), "draws" of each member (20), "units" (50), "epochs" (200), "lr" (0.01),
"noise_variance" (0.05), "prior_variance" of the last layer's weights (1).
"""
import torch
from predcorr_model import serve

torch.set_default_dtype(torch.float64)


def fit(x, y, seed, parameters):
    get = parameters.get
    units, noise, prior = get("units", 50), get("noise_variance", 0.05), get("prior_variance", 1.0)
    x, y = torch.tensor(x), torch.tensor(y)
    members = []
    for _ in range(get("members", 5)):  # PyTorch's generator has been seeded
        features = torch.nn.Sequential(torch.nn.Linear(x.shape[1], units), torch.nn.Tanh(),
                                       torch.nn.Linear(units, units), torch.nn.Tanh())
        last = torch.nn.Linear(units, 1)
        optimiser = torch.optim.Adam([*features.parameters(), *last.parameters()], lr=get("lr", 0.01))
        for _ in range(get("epochs", 200)):
            optimiser.zero_grad()
            penalty = (last.weight ** 2).sum() / (2 * prior)
            loss = ((last(features(x)).squeeze(1) - y) ** 2).sum() / (2 * noise) + penalty
            (loss / len(y)).backward()
            optimiser.step()
        members.append((features, weight_draws(with_one(features(x)), y, noise, prior, get("draws", 20))))

    def predict(query):
        query = torch.tensor(query)
        samples = [draws @ with_one(features(query)).T for features, draws in members]  # each draws x m
        return dict(samples=torch.cat(samples), noise_var=noise)

    return predict, {"final_loss": loss.item()}


def with_one(features):
    return torch.cat([features, torch.ones(len(features), 1)], dim=1).detach()


def weight_draws(features, y, noise, prior, count):
    """Draws of the last layer's weights: N(A^-1 F'y / noise, A^-1) with A = F'F / noise + I / prior."""
    lower = torch.linalg.cholesky(features.T @ features / noise + torch.eye(features.shape[1]) / prior)
    mean = torch.cholesky_solve((features.T @ y / noise)[:, None], lower)
    normal = torch.randn(features.shape[1], count)
    return (mean + torch.linalg.solve_triangular(lower.T, normal, upper=True)).T


serve(fit)
