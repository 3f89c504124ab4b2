"""A reproducible Kedro report on the losses of SRResNet and SRGAN."""

__version__ = "0.1.0"
