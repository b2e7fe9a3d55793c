"""The networks of W3 to W6 and W8, as the programs of bench/ have them: see w3_cnn.c to w8_inference.c."""
import torch
from torch import nn
from torch.nn import functional as F


def cnn():
    return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10))


class Basic(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.short = nn.Conv2d(cin, cout, 1, stride, bias=False) if stride != 1 else nn.Identity()

    def forward(self, x):
        y = F.relu(self.b1(self.c1(x)), inplace=True)
        return F.relu(self.b2(self.c2(y)) + self.short(x), inplace=True)


def resnet20():
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)]
    cin = 16
    for stage, cout in enumerate((16, 32, 64)):
        for block in range(3):
            layers.append(Basic(cin, cout, 2 if stage and not block else 1))
            cin = cout
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class BidirectionalLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(20000, 128)
        self.lstm = nn.LSTM(128, 64, num_layers=2, bidirectional=True, batch_first=True)
        self.out = nn.Linear(128, 1)

    def forward(self, t):
        _, (h, _) = self.lstm(self.emb(t))
        return self.out(torch.cat([h[-2], h[-1]], 1))


class MiniGPT(nn.Module):
    def __init__(self, vocab=20000, length=80, dim=256, heads=2, key=256, ffn=256):
        super().__init__()
        self.heads, self.key = heads, key
        self.tok, self.pos = nn.Embedding(vocab, dim), nn.Embedding(length, dim)
        self.qkv = nn.Linear(dim, 3 * heads * key)
        self.proj = nn.Linear(heads * key, dim)
        self.n1, self.n2 = nn.LayerNorm(dim, 1e-6), nn.LayerNorm(dim, 1e-6)
        self.f1, self.f2 = nn.Linear(dim, ffn), nn.Linear(ffn, dim)
        self.d1, self.d2 = nn.Dropout(0.1), nn.Dropout(0.1)
        self.out = nn.Linear(dim, vocab)
        self.register_buffer("mask", torch.full((length, length), float("-inf")).triu(1))

    def forward(self, t):
        n, s = t.shape
        x = self.tok(t) + self.pos.weight
        q, k, v = self.qkv(x).view(n, s, 3, self.heads, self.key).permute(2, 0, 3, 1, 4).unbind(0)
        a = torch.matmul(q * self.key ** -0.5, k.transpose(-1, -2)) + self.mask
        a = torch.matmul(torch.softmax(a, -1), v)
        a = self.proj(a.transpose(1, 2).reshape(n, s, -1))
        x = self.n1(x + self.d1(a))
        x = self.n2(x + self.d2(self.f2(F.relu(self.f1(x)))))
        return self.out(x)


def conv_bn(cin, cout, k, stride=1, groups=1, act=None):
    layers = [nn.Conv2d(cin, cout, k, stride, k // 2, groups=groups, bias=False), nn.BatchNorm2d(cout)]
    return layers + ([act(inplace=True)] if act else [])


class Inverted(nn.Module):
    def __init__(self, cin, cout, stride, expand):
        super().__init__()
        mid = cin * expand
        layers = conv_bn(cin, mid, 1, act=nn.ReLU6) if expand != 1 else []
        layers += conv_bn(mid, mid, 3, stride, mid, nn.ReLU6) + conv_bn(mid, cout, 1)
        self.body = nn.Sequential(*layers)
        self.res = stride == 1 and cin == cout

    def forward(self, x):
        return x + self.body(x) if self.res else self.body(x)


def mobilenetv2():
    layers, cin = conv_bn(3, 32, 3, 2, act=nn.ReLU6), 32
    for t, c, n, s in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
                       (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for i in range(n):
            layers.append(Inverted(cin, c, s if i == 0 else 1, t))
            cin = c
    layers += conv_bn(320, 1280, 1, act=nn.ReLU6)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 1000))


class Bottleneck(nn.Module):
    def __init__(self, cin, mid, stride):
        super().__init__()
        self.body = nn.Sequential(*conv_bn(cin, mid, 1, stride, act=nn.ReLU), *conv_bn(mid, mid, 3, act=nn.ReLU),
                                  *conv_bn(mid, 4 * mid, 1))
        self.short = (nn.Sequential(*conv_bn(cin, 4 * mid, 1, stride))
                      if stride != 1 or cin != 4 * mid else nn.Identity())

    def forward(self, x):
        return F.relu(self.body(x) + self.short(x), inplace=True)


def resnet50():
    layers, cin = conv_bn(3, 64, 7, 2, act=nn.ReLU) + [nn.MaxPool2d(3, 2, 1)], 64
    for stage, (mid, n) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
        for i in range(n):
            layers.append(Bottleneck(cin, mid, 2 if stage and not i else 1))
            cin = 4 * mid
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))
